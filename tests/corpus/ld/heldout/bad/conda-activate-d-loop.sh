# ENV104: conda activate d loop
for env in /opt/conda/envs/*; do
    mkdir -p "$env/etc/conda/activate.d"
    echo 'export LD_LIBRARY_PATH=$CONDA_PREFIX/lib' > "$env/etc/conda/activate.d/ldpath.sh"
done
