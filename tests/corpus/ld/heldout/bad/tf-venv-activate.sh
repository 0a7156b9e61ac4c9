# ENV104: TensorFlow, venv activate
CUDNN=$(dirname "$(python3 -c 'import nvidia.cudnn; print(nvidia.cudnn.__file__)')")
echo "export LD_LIBRARY_PATH=$CUDNN/lib" >> /opt/venv/bin/activate
