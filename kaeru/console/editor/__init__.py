"""The scenario editor's paper: a flow as form fields and back, and the edits that need no script. Pure.

Each field is named by the step's place in the tree (`steps.2.then.0:days`), so one form holds the whole scenario and one
POST brings all of it back: nothing typed is lost, whichever button was pressed. No kind of step is named here: what a
step's form looks like is what its kind declares (`scenarios.kinds`).
"""
