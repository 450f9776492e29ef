"""What one run does."""


def run(spec): ...
