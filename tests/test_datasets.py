"""Data: shapes and standardisation, no network where none is needed, a loader that never keeps a bad file."""

import hashlib
import random
import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import numpy as np
import pytest

from descent import datasets, rules
from descent.training import linear_model, train_seeds

AIRFOIL = Path(__file__).parents[2] / "shared" / "data" / "airfoil_self_noise.dat"


@pytest.fixture
def offline(monkeypatch):
    asked = []

    def refuse(*args, **kwargs):
        asked.append(args)
        raise OSError("no network in this test")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    yield
    assert not asked  # even if a library swallowed the error


# Embedded and generated


def test_diabetes(offline):
    data = datasets.diabetes()
    assert [part.shape for part in data] == [(353, 10), (353,), (89, 10), (89,)]
    assert {part.dtype for part in data} == {np.dtype(np.float64)}
    np.testing.assert_allclose(data.x.mean(0), 0, atol=1e-12)
    np.testing.assert_allclose(data.x.std(0), 1)
    np.testing.assert_allclose([data.y.mean(), data.y.std()], [0, 1], atol=1e-12)
    assert abs(data.x_test.mean(0)).max() > 0.01  # standardised with the training part's numbers, not its own


def test_digits(offline):
    data = datasets.digits()
    assert [part.shape for part in data] == [(1437, 64), (1437,), (360, 64), (360,)]
    assert data.y.dtype == data.y_test.dtype == np.int64
    np.testing.assert_allclose([data.x.mean(), data.x.std()], [0, 1], atol=1e-12)
    assert set(np.bincount(data.y_test)) <= {35, 36, 37}  # every digit has its share


@pytest.mark.parametrize("load", [datasets.diabetes, datasets.digits])
def test_the_split_belongs_to_its_seed(load):
    np.testing.assert_array_equal(load(seed=3).y_test, load(seed=3).y_test)
    assert (load(seed=3).y_test != load(seed=4).y_test).any()


def test_mnist1d(offline):
    random.seed(5)
    np.random.seed(5)
    expected = random.random(), np.random.rand()
    random.seed(5)
    np.random.seed(5)
    data = datasets.mnist1d()
    assert (random.random(), np.random.rand()) == expected  # nobody else's random numbers are touched
    assert [part.shape for part in data] == [(4000, 40), (4000,), (1000, 40), (1000,)]
    assert data.y[:10].tolist() == [2, 6, 4, 5, 6, 6, 6, 0, 3, 1]
    everything = np.concatenate([data.x, data.x_test])
    np.testing.assert_allclose([everything.mean(), everything.std()], [0, 1], atol=1e-12)
    np.testing.assert_allclose(data.x.sum(), -51.787467875, atol=1e-6)  # the same signals everywhere


def test_linear_regression_has_the_weights_and_the_condition_number_it_says(offline):
    data = datasets.linear_regression(n=20000, features=3, noise=0.1, kappa=100.0)
    solution = np.linalg.lstsq(np.c_[data.x, np.ones(20000)], data.y, rcond=None)[0]
    np.testing.assert_allclose(solution, [*data.weights, data.bias], atol=0.05)
    assert (data.y - data.x @ data.weights - data.bias).std() == pytest.approx(0.1, rel=0.03)
    assert np.linalg.cond(data.x.T @ data.x) == pytest.approx(100, rel=0.05)
    with pytest.raises(ValueError, match=r"kappa must be in \[1, inf\), got 0.5"):
        datasets.linear_regression(kappa=0.5)


def test_zipf_words_are_as_frequent_as_it_says(offline):
    data = datasets.zipf(n=30000, words=50, length=4, exponent=1.0, n_test=10)
    assert [part.shape for part in data] == [(30000, 50), (30000,), (10, 50), (10,), (50,), (50,)]
    np.testing.assert_allclose(data.frequencies / data.frequencies[0], 1 / np.arange(1, 51))
    assert data.frequencies.sum() == pytest.approx(1)
    assert set(np.unique(data.x)) == {0, 1}
    np.testing.assert_allclose(data.x.mean(0), 1 - (1 - data.frequencies) ** 4, atol=0.015)
    assert abs(np.corrcoef(data.frequencies, abs(data.weights))[0, 1]) < 0.4  # rare words matter as much
    flat = datasets.zipf(n=10, words=7, exponent=0)
    np.testing.assert_allclose(flat.frequencies, 1 / 7)


def test_zipf_counts_are_the_words_of_a_text(offline):
    data, present = (datasets.zipf(n=300, words=20, length=12, counts=counts, seed=4) for counts in (True, False))
    assert (data.x.sum(1) == 12).all() and data.x.max() > 1
    np.testing.assert_array_equal(present.x, data.x > 0)  # the same texts


def test_zipf_scores_have_the_weights_and_the_noise(offline):
    data = datasets.zipf(n=20000, words=20, length=5, noise=0.3)
    solution = np.linalg.lstsq(data.x, data.y, rcond=None)[0]
    np.testing.assert_allclose(solution, data.weights, atol=0.05)
    residuals = data.y_test - data.x_test @ data.weights
    assert [residuals.mean(), residuals.std()] == pytest.approx([0, 0.3], abs=0.02)
    np.testing.assert_array_equal(datasets.zipf(n=5, noise=0).y, (lambda d: d.x @ d.weights)(datasets.zipf(n=5)))


def test_zipf_labels_are_those_of_a_logistic_model(offline):
    data = datasets.zipf(n=20000, words=8, length=2, labels=True)
    assert data.y.dtype == data.y_test.dtype == np.int64 and set(data.y) == {0, 1}
    _, group = np.unique(data.x, axis=0, return_inverse=True)  # the same text, the same probability
    probability = 1 / (1 + np.exp(-data.x @ data.weights))
    for k in range(group.max() + 1):
        rows = group.ravel() == k
        assert data.y[rows].mean() == pytest.approx(probability[rows][0], abs=5 * 0.5 / rows.sum() ** 0.5)


def test_zipf_belongs_to_its_seed():
    first, again, other = (datasets.zipf(n=50, seed=seed) for seed in (3, 3, 4))
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert (first.weights != other.weights).all() and (first.x != other.x).any()


@pytest.mark.parametrize(
    "name, value", [("n", 0), ("words", 0), ("length", 0), ("n_test", 0), ("exponent", -0.5), ("noise", float("nan"))]
)
def test_zipf_refuses(name, value):
    with pytest.raises(ValueError, match=rf"{name} must be in \[[01], inf\), got {value}"):
        datasets.zipf(**{name: value})


# Downloaded: from a server in this process, that sends what a test tells it to

GENERATED = "\r\n".join("\t".join(f"{v:.4f}" for v in row) for row in np.random.default_rng(0).normal(size=(1503, 6)))
GENERATED = GENERATED.encode()


@pytest.fixture
def server(monkeypatch, tmp_path):
    """A local server of GENERATED, to which `airfoil` turns. Set `.body` and `.announced` to make it misbehave."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            http.requests += 1
            self.send_response(200 if http.body else 404)
            if http.announced is not None:
                self.send_header("Content-Length", str(http.announced))
            self.end_headers()
            self.wfile.write(http.body)

        def log_message(self, *args):
            pass

    http = HTTPServer(("127.0.0.1", 0), Handler)
    http.body, http.announced, http.requests = GENERATED, len(GENERATED), 0
    http.cached = tmp_path / "cache" / "airfoil.dat"
    monkeypatch.setenv("DESCENT_DATA", str(tmp_path / "cache"))
    monkeypatch.setattr(datasets, "AIRFOIL_URL", f"http://127.0.0.1:{http.server_port}/airfoil.dat")
    monkeypatch.setattr(datasets, "AIRFOIL_SHA1", hashlib.sha1(GENERATED).hexdigest())
    for name in "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY":
        monkeypatch.delenv(name, raising=False)
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield http
    http.shutdown()
    http.server_close()
    thread.join()


def assert_refused(server, *words):
    """The loader fails in one sentence that says what to do, and leaves no file that it would ever use."""
    before = server.cached.read_bytes() if server.cached.exists() else None
    with pytest.raises(OSError) as caught:
        datasets.airfoil(progress=False)
    sentence = str(caught.value)
    for word in (*words, str(server.cached), datasets.AIRFOIL_SHA1):
        assert word in sentence
    assert "\n" not in sentence
    left = [] if before is None else [server.cached]
    assert list(server.cached.parent.glob("*")) == left  # no half-written file beside it
    assert before is None or server.cached.read_bytes() == before


def test_airfoil_is_downloaded_once(server, capsys):
    data = datasets.airfoil()
    assert [part.shape for part in data] == [(1500, 5), (1500,)]
    values = np.loadtxt(server.cached)
    np.testing.assert_allclose(data.x, ((values - values.mean(0)) / values.std(0))[:1500, :5])
    assert "%" in capsys.readouterr().err  # the progress bar
    datasets.airfoil()
    assert server.requests == 1


def test_airfoil_refuses_a_wrong_file(server):
    server.body = GENERATED[:-1] + b"9"
    assert_refused(server, "not the expected file")
    server.body = GENERATED
    datasets.airfoil(progress=False)  # and works as soon as the right one is there


def test_airfoil_refuses_a_truncated_file(server):
    server.body = GENERATED[:1000]
    assert_refused(server, "could not download")
    server.announced = None  # nothing but the end of the connection says that the file is over
    assert_refused(server, "not the expected file")


def test_airfoil_without_a_server(server):
    server.body = b""
    assert_refused(server, "could not download", "check the network")  # 404
    server.shutdown()
    server.server_close()
    assert_refused(server, "could not download", "check the network")


def test_airfoil_never_uses_a_corrupt_cached_file(server):
    server.cached.parent.mkdir()
    server.cached.write_bytes(GENERATED[:1000])
    server.body = b""
    assert_refused(server, "could not download", "is not the right one")
    server.body = GENERATED
    datasets.airfoil(progress=False)
    assert server.cached.read_bytes() == GENERATED  # replaced


def test_airfoil_placed_by_hand_needs_no_network(server, offline):
    server.cached.parent.mkdir()
    server.cached.write_bytes(GENERATED)
    assert datasets.airfoil().x.shape == (1500, 5)


def test_airfoil_says_when_the_folder_is_no_folder(server, tmp_path):
    (tmp_path / "cache").write_text("a file")
    with pytest.raises(OSError, match="set DESCENT_DATA to a folder of your own"):
        datasets.airfoil(progress=False)


def test_the_url_and_the_hash_are_those_of_d2l():
    from descent.d2l_reference import d2l

    assert d2l.DATA_HUB["airfoil"] == (datasets.AIRFOIL_URL, datasets.AIRFOIL_SHA1)


# The real file, where it is at hand


@pytest.fixture
def real(monkeypatch):
    if not AIRFOIL.exists():
        pytest.skip(f"the airfoil file is not at {AIRFOIL}: nothing to check the reference numbers on")
    monkeypatch.setenv("DESCENT_DATA", str(AIRFOIL.parent))


def test_airfoil_reference_numbers(real, offline):
    data = datasets.airfoil()
    solution = np.linalg.lstsq(np.c_[data.x, np.ones(1500)], data.y, rcond=None)[0]
    floor = ((np.c_[data.x, np.ones(1500)] @ solution - data.y) ** 2).mean() / 2
    assert f"{floor:.6f}" == "0.241688"
    runs = train_seeds(linear_model(5), rules.rmsprop(0.01, 0.9, 1e-6), data.x, data.y)
    ends = runs.losses[:, -1]
    assert (ends > floor).all()
    # "about 0.243 to 0.247": the bulk of twenty seeds
    assert 0.243 < np.median(ends) < 0.247
    assert np.mean((ends > 0.243) & (ends < 0.247)) > 0.5
    assert ends.max() < 0.25


def test_d2l_ends_where_we_end(real, monkeypatch, capsys, tmp_path):
    import matplotlib
    import torch

    matplotlib.use("Agg")
    from descent.d2l_reference import d2l

    def init_states():
        return torch.zeros((5, 1)), torch.zeros(1)

    def rmsprop(params, states, hyperparams):  # as in D2L, section 12.8
        for p, s in zip(params, states, strict=True):
            with torch.no_grad():
                s[:] = hyperparams["gamma"] * s + (1 - hyperparams["gamma"]) * torch.square(p.grad)
                p[:] -= hyperparams["lr"] * p.grad / torch.sqrt(s + 1e-6)
            p.grad.data.zero_()

    (tmp_path / "data").mkdir()
    (tmp_path / "here").mkdir()
    (tmp_path / "data" / AIRFOIL.name).write_bytes(AIRFOIL.read_bytes())  # D2L's cache is ../data
    monkeypatch.chdir(tmp_path / "here")
    torch.manual_seed(0)
    data_iter, features = d2l.get_data_ch11(10)
    _, losses = d2l.train_ch11(rmsprop, init_states(), {"lr": 0.01, "gamma": 0.9}, data_iter, features)
    d2l.plt.close("all")
    assert 0.2417 < losses[-1] < 0.25
