# bazelrc comment
printf '%s\n' '# build --action_env=LD_LIBRARY_PATH=/usr/local/cuda/lib64' 'build --config=cuda' >> .bazelrc
