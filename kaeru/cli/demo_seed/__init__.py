"""The demo's months: invented people and orders; ten weeks brought as history, four lived through by the product's own actions on a fast clock."""
