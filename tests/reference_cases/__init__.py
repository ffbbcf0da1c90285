"""Numeric reference cases: ``python -m tests.reference_cases DIR`` compares rpn_zoo with them.

``cases.py`` reads them, ``adapters.py`` and ``data_adapters.py`` evaluate them with rpn_zoo (one
function per family), ``families.py`` lists the families,
``compare.py`` compares numbers, ``runner.py`` counts and reports.
"""
