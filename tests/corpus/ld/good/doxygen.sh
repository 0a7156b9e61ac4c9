# doxygen
cat > docs/mainpage.dox <<'EOF'
@code
export LD_LIBRARY_PATH=/opt/x/lib
@endcode
EOF
