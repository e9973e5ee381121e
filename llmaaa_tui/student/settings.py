"""How the student is built and trained; standard library alone, so that settings are read without torch."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..errors import SettingsError

EMBEDDED = "embedded"
# Encoders up to this width (MiniLM has 384, BERT-base 768) learn best at higher rates.
_SMALL_WIDTH = 512
_KNOWN = {
    "stop_on": ("f1", "loss"),
    "activation": ("none", "gelu"),
    "class_weights": ("none", "balanced"),
    "precision": ("auto", "float32", "bfloat16", "float16"),
}


@dataclass(frozen=True, slots=True)
class StudentSettings:
    """Everything a training or a prediction depends on besides its data and its seed.

    A 0 (or None) stands for what suits encoder and data, see `suited`.

    Args:
        encoder: "embedded" (MiniLM, English), a folder, or a name on the Hugging Face hub.
        device: "auto", "cpu" or "cuda:N".
        threads: CPU threads of torch; 0 means one less than the machine's cores.
        epochs: passes over the labelled sentences at most.
        patience: epochs without a better score on dev after which training ends.
        batch: sentences an optimizer step sees, also where memory forces smaller pieces.
        learning_rate: peak rate of the encoder's weights.
        head_learning_rate: peak rate of the new linear layer.
        warmup: share of the steps over which the rates rise; they fall linearly afterwards.
        max_pieces: sub-words of one window, special tokens included; longer texts get several windows, and those with a
            marked pair are cut around it.
        dropout: before the linear layer; the encoder keeps its own.
        activation: before the dropout: "none", as in the token classifiers of `transformers`, so that an exported
            student is one of them, or "gelu", as in LLMaAA.
        reweight: "none", or how automatic reweighting weighs the examples of a step, see `reweight`.
        early_stopping_size: dev sentences the stopping rule looks at, at most.
        stop_on: what makes an epoch the best on dev: "f1" (of the task, ties by loss) or "loss" (as the paper does).
        freeze_words: leave the word embeddings as they are; markers around a pair are learnt all the same.
        token_budget: padded sub-words of one forward pass in prediction; 0 means what suits the device.
        class_weights: "none", or "balanced": positions of rare classes count more, see `aims`.
        label_smoothing: share of each label that is spread evenly over all classes (arXiv 1512.00567, section 7), 0 to
            below 1.
        soft_labels: learn from all `Example.answers` in proportion, not from the one label taken over them.
        precision: of matrix products: "auto" (bfloat16 where the device multiplies it itself), "float32", "bfloat16"
            or "float16" (graphics cards alone).
        compile: `torch.compile` for prediction on a graphics card, see `device.compile_for`.
        micro_batch: sentences (windows) a training pass holds; the gradients of a step's passes are added up. 0 means
            the whole batch.

    Raises:
        SettingsError: a value is none of those named.
    """

    encoder: str = EMBEDDED
    device: str = "auto"
    threads: int = 0
    epochs: int = 0
    patience: int = 0
    batch: int = 0
    learning_rate: float = 0.0
    head_learning_rate: float = 0.0
    warmup: float = 0.06
    max_pieces: int = 256
    dropout: float = 0.1
    activation: str = "none"
    reweight: str = "none"
    early_stopping_size: int = 200
    stop_on: str = "f1"
    freeze_words: bool | None = None
    token_budget: int = 0
    class_weights: str = "none"
    label_smoothing: float = 0.0
    soft_labels: bool = False
    precision: str = "auto"
    compile: bool = False
    micro_batch: int = 0

    def __post_init__(self) -> None:
        for name, known in _KNOWN.items():
            value = getattr(self, name)
            if value not in known:
                raise SettingsError(f"student.{name}: {value!r} is not known; choose {', '.join(known)}")
        if not 0 <= self.label_smoothing < 1:
            raise SettingsError(
                f"student.label_smoothing: {self.label_smoothing:g} is no share of 0 to below 1; 0.1 is usual"
            )
        if self.micro_batch < 0:
            raise SettingsError(f"student.micro_batch: {self.micro_batch} is too small; 0 means the whole batch")


def suited(settings: StudentSettings, width: int, sentences: int) -> StudentSettings:
    """Fill in what was left at 0 or None.

    Args:
        settings: as given.
        width: of the encoder's states. Above 512 the values are those of LLMaAA (arXiv 2310.19596) for BERT-base; up to
            512 those measured with MiniLM on 50 and 250 sentences: higher rates, word embeddings left alone (half of
            the weights, no loss in F1, steps a third shorter), and fewer passes the more sentences there are.
        sentences: labelled sentences to learn from.
    """
    small = width <= _SMALL_WIDTH
    batch = settings.batch or 8
    steps = max(1, -(-sentences // batch))
    return replace(
        settings,
        epochs=settings.epochs or (min(30, max(10, round(350 / steps))) if small else 40),
        patience=settings.patience or (6 if small else 5),
        batch=batch,
        learning_rate=settings.learning_rate or (2e-4 if small else 2e-5),
        head_learning_rate=settings.head_learning_rate or (1e-3 if small else 1e-4),
        freeze_words=small if settings.freeze_words is None else settings.freeze_words,
    )
