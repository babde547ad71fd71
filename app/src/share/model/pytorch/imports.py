# pip install torch safetensors pillow
# python program.py IMAGE...
import sys

import torch
from PIL import Image, ImageOps
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional as F


