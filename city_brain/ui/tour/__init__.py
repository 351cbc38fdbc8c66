"""The guided demonstration: ten steps over the real pages, on a drill of its own, with a bar below that says what is seen."""
