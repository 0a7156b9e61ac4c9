# Debian, changelog
cat > debian/changelog <<'EOF'
scalapack (2.2.1-1) unstable; urgency=medium

  * Do not export LD_LIBRARY_PATH=/usr/lib/scalapack in the wrapper.

 -- A Maintainer <maint@example.org>  Mon, 01 Jan 2024 00:00:00 +0000
EOF
