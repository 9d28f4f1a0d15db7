"""The one gate through which Kaeru changes anything in a shop's system: asked, judged, written down, called, proven."""
