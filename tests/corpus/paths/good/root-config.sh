# quiet: settings for the build
printf '[build]\njobs = 8\n' > /root/.cargo/config.toml
cat > ~/.Rprofile <<'EOF'
options(repos = "https://cloud.r-project.org")
EOF
