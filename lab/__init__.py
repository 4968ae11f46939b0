"""lab: what turns convcore into a tracked, shared application."""

import os

# Between two parallel loops OpenMP's threads spin, by default. Beside a browser and a server on a
# few cores that made a training 20 to 40 times slower; asleep they cost nothing measurable.
# Read when torch is loaded, so set before anything of the lab imports it.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
