# cmakelists
cat >> CMakeLists.txt <<'EOF'
set_tests_properties(t PROPERTIES ENVIRONMENT "LD_LIBRARY_PATH=${CMAKE_BINARY_DIR}")
EOF
