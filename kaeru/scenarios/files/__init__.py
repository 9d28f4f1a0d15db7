"""Scenario files シナリオファイル: a scenario as plain YAML, to be kept, reviewed and carried to another shop.

`writing` makes one, `reading` takes one apart with the line of everything, `importing` says all that is wrong with it at once.
"""

from kaeru.scenarios.files.importing import FileProblem, Imported, load, located
from kaeru.scenarios.files.writing import dump

__all__ = ["FileProblem", "Imported", "dump", "load", "located"]
