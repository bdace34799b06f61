"""What computes for :mod:`medassist.generation`: a reference in PyTorch, and ONNX Runtime for production."""
