# quiet: bazel's output in /tmp
bazel --output_user_root=/tmp/bazel build //:x && cp bazel-bin/x /opt/x/bin/
