"""The tests. Names finish the sentence "it …"; Aoi owns, Bunta helps, Chika must see nothing."""
