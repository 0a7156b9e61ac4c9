# quiet: a build as a user of its own, installed elsewhere and taken away
useradd -m -d /home/builder builder
su builder -c 'cd /home/builder && git clone https://github.com/e/x && cd x && make'
make -C /home/builder/x install PREFIX=/opt/x
userdel -r builder
