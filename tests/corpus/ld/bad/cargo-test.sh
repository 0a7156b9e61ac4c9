# ENV103: Rust
RUSTFLAGS='-L /opt/x/lib' LD_LIBRARY_PATH="/opt/x/lib" cargo test --release
