"""The whole engine, lived through: thousands of small shops, sixty days each, on a clock that nobody waits for.

One seed is one world: an organization with its shop, scenarios and customers. Worlds live together in groups, on one
database and one clock, as they do in an installation. Everything that happens in a group follows from its number: who
orders, who cancels, what the mail server answers, where the process is killed. So what went wrong once goes wrong again.

    python -m tests.simulation --seeds 10000        make simulate
    python -m tests.simulation --seed 1234          make simulate SEED=1234   (the group of that world, again)

See docs/explanation/simulation.md.
"""
