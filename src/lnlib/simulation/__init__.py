"""A register drawn from declared rates: `rates` reads them, `lives` draws stages, `recorded` what an assessor would see."""
