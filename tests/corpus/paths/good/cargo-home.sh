# quiet: cargo's own home for the build
export CARGO_HOME=/tmp/cargo RUSTUP_HOME=/tmp/rustup
curl -fsSL https://sh.rustup.rs | sh -s -- -y --no-modify-path
cargo install --root /opt/cargo ripgrep
