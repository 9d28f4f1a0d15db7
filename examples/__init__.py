"""Examples: what stands around Kaeru in real life. Nothing here imports kaeru."""
