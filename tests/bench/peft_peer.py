"""The peer of `bench lora-step`: one step of `peft` on the same sizes, float32, as its own examples train."""

import torch
from peft import LoraConfig, get_peft_model

import peers

SEQUENCES, LENGTH, RANK = 8, 128, 16
TARGETS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


class PeftPeer:
    def __init__(self, model, paragraph):
        plain, tokenizer = peers.load(model)
        ids = tokenizer(paragraph * 40).input_ids[: SEQUENCES * LENGTH]
        self.ids = torch.tensor(ids).view(SEQUENCES, LENGTH)
        config = LoraConfig(r=RANK, lora_alpha=2 * RANK, lora_dropout=0.0, target_modules=TARGETS, task_type="CAUSAL_LM")
        self.model = get_peft_model(plain, config).train()
        self.trained = [weight for weight in self.model.parameters() if weight.requires_grad]
        self.optimizer = torch.optim.AdamW(self.trained, lr=1e-3)

    def step(self):
        with torch.inference_mode(False), torch.enable_grad():
            self.optimizer.zero_grad()
            self.model(input_ids=self.ids, labels=self.ids).loss.backward()
            torch.nn.utils.clip_grad_norm_(self.trained, 1.0)
            self.optimizer.step()
