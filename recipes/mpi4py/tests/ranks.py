"""Every rank tells who it is, and all of them together know how many they are."""

from mpi4py import MPI

world = MPI.COMM_WORLD
total = world.allreduce(world.rank)
assert total == world.size * (world.size - 1) // 2, total
print(f"rank {world.rank} of {world.size}", flush=True)
