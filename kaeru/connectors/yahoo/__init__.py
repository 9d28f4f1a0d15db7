"""Yahoo! Shopping (Japan): orders asked for and changed by its order interface, in XML."""
