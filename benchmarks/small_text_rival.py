"""small-text's transformer classifier over sentences, timed when told to; pool_scoring.py starts it.

    python small_text_rival.py MODEL_DIR SENTENCES.json THREADS

Runs in an environment of its own, with small-text[transformers] and nothing of this project. It has no token
classifier, so a text classifier on the same encoder scores the same sentences, in its own order and batches. Prints
"ready"; then, for each line it reads, the seconds of one pass (CPU time with one thread, else wall time).
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from pathlib import Path


def main() -> None:
    """Load, say so, and time one pass a line."""
    folder, sentences, threads = (
        sys.argv[1],
        json.loads(Path(sys.argv[2]).read_text(encoding="utf-8")),
        int(sys.argv[3]),
    )
    torch, numpy = importlib.import_module("torch"), importlib.import_module("numpy")
    small_text, transformers = importlib.import_module("small_text"), importlib.import_module("transformers")
    torch.set_num_threads(threads)
    clock = time.process_time if threads == 1 else time.perf_counter
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    # small-text still calls it by the name that transformers 5 took away.
    type(tokenizer).encode_plus = type(tokenizer).__call__
    texts = [" ".join(words) for words in sentences]
    # As many classes as the exported student has tags: its head is loaded and not read.
    classes = transformers.AutoConfig.from_pretrained(folder).num_labels
    labels = numpy.arange(len(texts)) % classes

    def dataset() -> object:
        return small_text.TransformersDataset.from_arrays(
            texts, labels, tokenizer, target_labels=numpy.arange(classes), max_length=256
        )

    classifier = small_text.TransformerBasedClassification(
        small_text.TransformerModelArguments(folder), classes, num_epochs=1, mini_batch_size=32, device="cpu"
    )
    few = dataset()[:classes]  # type: ignore[index]
    classifier.fit(few, validation_set=few)
    print("ready", flush=True)
    for _ in sys.stdin:
        begun = clock()
        found = classifier.predict_proba(dataset())
        seconds = clock() - begun
        assert len(found) == len(texts)
        print(seconds, flush=True)


if __name__ == "__main__":
    main()
