# ENV108: TensorFlow, bazel action env
bazel build --config=opt --action_env=LD_LIBRARY_PATH=/usr/local/cuda/lib64 //tensorflow/tools/pip_package:wheel
