# ENV106: a wrapper in perl
cat > /opt/rosetta/bin/rosetta <<'EOF'
#!/usr/bin/perl
$ENV{'LD_LIBRARY_PATH'} = "/opt/rosetta/lib:$ENV{'LD_LIBRARY_PATH'}";
exec "/opt/rosetta/rosetta.bin", @ARGV;
EOF
