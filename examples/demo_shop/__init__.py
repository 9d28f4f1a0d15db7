"""小鳥雑貨店: a small shop that uses Kaeru from outside, over HTTP, as any shop would. It imports nothing of Kaeru."""
