"""rpn_zoo: reconciled polynomial networks."""
