"""キャンセル規定: who may cancel what and until when, in the shop's own ordered rules. The first that fits decides."""
