# ENV104: cargo config
mkdir -p .cargo && printf '[env]\nLD_LIBRARY_PATH = "/opt/x/lib"\n' > .cargo/config.toml
