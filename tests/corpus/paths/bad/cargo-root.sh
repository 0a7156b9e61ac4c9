# PTH202@2: cargo install --root
cargo install --locked --root /scratch/cargo ripgrep --version 14.1.0
