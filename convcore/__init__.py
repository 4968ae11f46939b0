"""convcore: convolution, pooling and the CNNs built on them, on torch alone.

Importing the package imports nothing heavy; take what you need from its modules:
`convcore.functional`, `convcore.layers`, `convcore.models`, `convcore.training` …
"""
