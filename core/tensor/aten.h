#pragma once

// The one door to libtorch's tensor library; precompiled. torch/torch.h (autograd, modules) is for core/train only.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
