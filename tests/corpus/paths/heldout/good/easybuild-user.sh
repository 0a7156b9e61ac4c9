# quiet: EasyBuild run by a user of its own
useradd -m easybuild
su - easybuild -c "eb --installpath=/opt/sw --buildpath=/home/easybuild/build zlib-1.2.13.eb"
