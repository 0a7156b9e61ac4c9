# ENV104: cudnn tar
tar -xf cudnn.tar.xz -C /usr/local/cuda --strip-components=1 \
 && ldconfig \
 && echo "export LD_LIBRARY_PATH=/usr/local/cuda/lib64:\$LD_LIBRARY_PATH" >> /etc/bash.bashrc
