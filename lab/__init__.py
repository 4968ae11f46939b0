"""lab: what turns convcore into a tracked, shared application."""

import os

# Between two parallel loops OpenMP's threads spin, by default for milliseconds. Beside a browser
# and a server on two cores that made a training 20 times slower; a short spin costs a quiet machine
# little. Read when torch is loaded, so set before the lab imports it. A training's own process
# spins longer: see `jobs.environment`.
SHORT_SPIN = "1000"
os.environ.setdefault("GOMP_SPINCOUNT", SHORT_SPIN)
