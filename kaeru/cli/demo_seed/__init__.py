"""The demo's four weeks: invented people and orders, lived through by the product's own actions on a clock that runs fast."""
