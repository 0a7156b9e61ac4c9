# ENV104: cargo's [env] table
mkdir -p .cargo && printf '[env]\nLD_LIBRARY_PATH = "/opt/libtorch/lib"\n' > .cargo/config.toml
