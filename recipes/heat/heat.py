#!/opt/mpi/bin/python
"""Heat in a ring of cells, shared out between the ranks: each sends its outermost cells to its two neighbours."""

import numpy as np
from mpi4py import MPI

CELLS, STEPS = 600, 500

world = MPI.COMM_WORLD
left, right = (world.rank - 1) % world.size, (world.rank + 1) % world.size
heat = np.zeros(CELLS // world.size + 2)    # one cell more at each end, for the neighbour's
if world.rank == 0:
    heat[1] = 1.0
for _ in range(STEPS):
    world.Sendrecv(heat[1:2], dest=left, recvbuf=heat[-1:], source=right)
    world.Sendrecv(heat[-2:-1], dest=right, recvbuf=heat[:1], source=left)
    heat[1:-1] += 0.25 * (heat[:-2] - 2 * heat[1:-1] + heat[2:])
total = world.allreduce(heat[1:-1].sum())
if world.rank == 0:
    print(f"heat {total:.6f}")
