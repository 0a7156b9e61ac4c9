# bats
cat > test.bats <<'EOF'
@test "clean" {
  run env
  [[ "$output" != *"LD_LIBRARY_PATH=/opt/x/lib"* ]]
}
EOF
