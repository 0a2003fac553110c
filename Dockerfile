# The chapters in JupyterLab, with everything that `make book` and `make test` need:
#
#     docker build --tag descent .
#     docker run --rm --interactive --tty --publish 127.0.0.1:8888:8888 descent
#
# With --build-arg PIP_EXTRA_INDEX_URL=… the image is several GB smaller (README, "Without a GPU"). With
# --build-arg ALSO="bubblewrap chromium" the pages are tested in it too, and grading where bubblewrap may (.devcontainer).
FROM python:3.12-slim-bookworm AS system
ARG ALSO=""
# hadolint ignore=DL3008,SC2086
RUN apt-get update \
    && apt-get install --yes --no-install-recommends git make $ALSO \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 1000 reader \
    && install --directory --owner=reader --group=reader /home/reader/descent
USER 1000
WORKDIR /home/reader/descent

FROM system
ARG PIP_EXTRA_INDEX_URL=""
ENV PIP_NO_CACHE_DIR=1
# What is installed depends on these files alone: an edited chapter takes no new installation.
COPY --chown=reader tools/setup.py tools/
COPY --chown=reader homework/requirements.txt homework/
COPY --chown=reader requirements.txt requirements-d2l.txt constraints.txt pyproject.toml package.json package-lock.json LICENSE ./
RUN mkdir code && python tools/setup.py homework && rm -rf ~/.npm
COPY --chown=reader . .
EXPOSE 8888
CMD ["make", "lab", "LAB=--ip=0.0.0.0 --no-browser"]
