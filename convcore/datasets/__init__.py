"""Data sets as tensors: CIFAR-10, bundled digits, image folders and .zip files.

`sources` tells what there is, `load` brings one into memory with progress and a cache,
`subset` and `split` take parts of it, `download_cifar10` fetches CIFAR-10.
"""

from convcore.datasets.cifar import CIFAR10, CifarArchive
from convcore.datasets.download import download_cifar10
from convcore.datasets.pictures import Dataset, Pictures, Progress, Source, split, subset
from convcore.datasets.sources import describe, load, load_now, sources

__all__ = [
    "CIFAR10",
    "CifarArchive",
    "Dataset",
    "Pictures",
    "Progress",
    "Source",
    "describe",
    "download_cifar10",
    "load",
    "load_now",
    "sources",
    "split",
    "subset",
]
