# ENV104: JAX, bazelrc
echo 'build --action_env=LD_LIBRARY_PATH=/usr/local/cuda/lib64' >> .bazelrc
python3 build/build.py
