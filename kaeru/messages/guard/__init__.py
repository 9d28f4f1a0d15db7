"""The guard: nothing that the mall, the law or common decency forbids leaves the house."""
