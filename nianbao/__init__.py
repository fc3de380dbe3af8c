"""nianbao (年报): annual government-information-disclosure reports as canonical records."""
