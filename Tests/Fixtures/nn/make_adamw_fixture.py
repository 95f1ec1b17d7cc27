#!/usr/bin/env python3
"""Values of torch.optim.AdamW for AdamWTests: python make_adamw_fixture.py (needs torch, safetensors)."""
import os

import torch
from safetensors.torch import save_file

torch.manual_seed(0)
encoder, norm = torch.nn.Parameter(torch.randn(33)), torch.nn.Parameter(torch.randn(7))
tensors = {"encoder.before": encoder.detach().clone(), "norm.before": norm.detach().clone()}
optimizer = torch.optim.AdamW([
    {"params": [encoder], "lr": 6e-3, "weight_decay": 0.05},
    {"params": [norm], "lr": 6e-2, "weight_decay": 0.0}])
for step in range(4):
    for name, parameter in (("encoder", encoder), ("norm", norm)):
        parameter.grad = torch.randn_like(parameter) * 10.0 ** (step - 2)
        tensors[f"{name}.gradient.{step}"] = parameter.grad.clone()
    optimizer.step()
    tensors[f"encoder.after.{step}"] = encoder.detach().clone()
    tensors[f"norm.after.{step}"] = norm.detach().clone()
both = torch.cat([tensors["encoder.gradient.3"], tensors["norm.gradient.3"]])
tensors["norm of gradient 3"] = both.norm().reshape(1)
save_file(tensors, os.path.join(os.path.dirname(__file__), "adamw.safetensors"))
