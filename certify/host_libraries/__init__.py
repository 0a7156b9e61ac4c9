"""The site's own libraries (MPI, GPU drivers), which its runtimes bring into every image, and the proof that they win there."""
