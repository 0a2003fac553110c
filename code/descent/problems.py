"""Functions to descend, with their gradients, minima and usual starts.

Plain arithmetic like `rules.py`, so that the same lines run in NumPy and in a browser.
A function takes its coordinates one by one; each may be a float or an array, and arrays are taken element by element.

>>> f = quadratic()
>>> f.value(-5.0, -2.0)
10.5
>>> f.gradient(-5.0, -2.0)
(-1.0, -8.0)
"""

try:
    from numpy import cos, sin
except ImportError:  # MicroPython
    from math import cos, sin

from descent.rules import check

PI = 3.141592653589793


class Problem:
    """A function to minimise.

    Attributes
    ----------
    name : str
        Its formula, for titles and tables.
    value : function of the coordinates, returning a number or an array
    gradient : function of the coordinates, returning a tuple of as many numbers or arrays
    minimum : tuple
        The point (the nearest one, where there are several) at which the gradient is 0 and the value lowest;
        for the saddle, the saddle point.
    start : tuple
        Where the book's runs start.
    window : tuple of (low, high) for each coordinate
        What a plot shows.
    minima : tuple of points
        Every local minimum, where a problem with several lists them; otherwise just `minimum`.
    """

    def __init__(self, name, value, gradient, minimum, start, window, minima=None):
        self.name = name
        self.value = value
        self.gradient = gradient
        self.minimum = minimum
        self.start = start
        self.window = window
        self.minima = minima or (minimum,)

    def __repr__(self):
        return "Problem(%s)" % self.name


def quadratic(small=0.2, kappa=20.0, angle=0.0, scale=1.0):
    """A quadratic bowl with a chosen condition number, turned by an angle.

    f = scale · ½ (small · u² + kappa · small · w²), with (u, w) the coordinates x turned back by the angle.
    The defaults are the book's running example, f(x) = 0.1 x₁² + 2 x₂², from (−5, −2).

    Parameters
    ----------
    small : float in (0, inf), default 0.2
        The smallest eigenvalue of the Hessian (for scale 1).
    kappa : float in [1, inf), default 20
        Condition number: the largest eigenvalue over the smallest.
    angle : float, degrees, default 0
        The long axis of the bowl is turned by this angle, counter-clockwise, and the start with it.
    scale : float in (0, inf), default 1
        Factor on the whole function.

    Raises
    ------
    ValueError
        For a value out of its range.
    """
    check(
        {
            "small": (0, float("inf"), False, False),
            "kappa": (1, float("inf"), True, False),
            "angle": (-float("inf"), float("inf"), False, False),
            "scale": (0, float("inf"), False, False),
        },
        small=small,
        kappa=kappa,
        angle=angle,
        scale=scale,
    )
    a, b = scale * small, scale * small * kappa
    c, s = float(cos(angle * PI / 180)), float(sin(angle * PI / 180))

    def value(x1, x2):
        u, w = c * x1 + s * x2, c * x2 - s * x1
        return (a * u * u + b * w * w) / 2

    def gradient(x1, x2):
        u, w = a * (c * x1 + s * x2), b * (c * x2 - s * x1)
        return c * u - s * w, s * u + c * w

    if angle == 0:  # the same with fewer operations, which is what most of the book runs

        def value(x1, x2):
            return (a * x1 * x1 + b * x2 * x2) / 2

        def gradient(x1, x2):
            return a * x1, b * x2

    start = (-5 * c + 2 * s, -5 * s - 2 * c)
    window = ((-5.8, 2.2), (-2.6, 2.2)) if angle == 0 else ((-6, 6), (-6, 6))
    name = "%g x₁² + %g x₂²" % (a / 2, b / 2)
    if angle != 0:
        name += ", turned by %g°" % angle
    return Problem(name, value, gradient, (0.0, 0.0), start, window)


def square():
    """x², from 10."""
    return Problem("x²", lambda x: x * x, lambda x: (2 * x,), (0.0,), (10.0,), ((-11, 11),))


def wave(c=0.15 * PI):
    """x · cos(c x), which has many local minima, from 10.

    Parameters
    ----------
    c : float, default 0.15 π
        Angular frequency. `minimum` is the local minimum at which gradient descent with lr 2 ends for the default c,
        and None for any other c.
    """
    return Problem(
        "x cos(%g x)" % c,
        lambda x: x * cos(c * x),
        lambda x: (cos(c * x) - c * x * sin(c * x),),
        (-1.8256845786723392,) if c == 0.15 * PI else None,
        (10.0,),
        ((-11, 11),),
    )


def rosenbrock():
    """(1 − x₁)² + 100 (x₂ − x₁²)², a curved valley with its minimum at (1, 1), from (−1.2, 1).

    Source: Rosenbrock, "An automatic method for finding the greatest or least value of a function", 1960.
    """
    return Problem(
        "Rosenbrock",
        lambda x1, x2: (1 - x1) ** 2 + 100 * (x2 - x1 * x1) ** 2,
        lambda x1, x2: (-2 * (1 - x1) - 400 * x1 * (x2 - x1 * x1), 200 * (x2 - x1 * x1)),
        (1.0, 1.0),
        (-1.2, 1.0),
        ((-2, 2), (-1, 3)),
    )


def beale():
    """Beale's function: flat far out, steep at the corners, minimum 0 at (3, 0.5), from (1, 1).

    Source: Beale, "On an iterative method for finding a local minimum of a function of more than one variable", 1958.
    """

    def residuals(x1, x2):
        return 1.5 - x1 + x1 * x2, 2.25 - x1 + x1 * x2**2, 2.625 - x1 + x1 * x2**3

    def value(x1, x2):
        p, q, r = residuals(x1, x2)
        return p * p + q * q + r * r

    def gradient(x1, x2):
        p, q, r = residuals(x1, x2)
        return (
            2 * (p * (x2 - 1) + q * (x2**2 - 1) + r * (x2**3 - 1)),
            2 * x1 * (p + 2 * q * x2 + 3 * r * x2**2),
        )

    return Problem("Beale", value, gradient, (3.0, 0.5), (1.0, 1.0), ((-1, 4), (-1, 2)))


def saddle():
    """x₁² − x₂², down in one direction and up in the other, from (−2, 0.001), almost on the ridge."""
    return Problem(
        "x₁² − x₂²",
        lambda x1, x2: x1 * x1 - x2 * x2,
        lambda x1, x2: (2 * x1, -2 * x2),
        (0.0, 0.0),
        (-2.0, 0.001),
        ((-2.5, 2.5), (-2.5, 2.5)),
    )


def valleys():
    """(x₁² − 1)² + (x₂² − 1)² + 0.3 x₁ + 0.2 x₂ + 0.6 x₁x₂: four minima of different depth, from (1.5, 0.5)."""
    minima = (
        (-0.9644687412967085, -0.948799756879315),
        (1.0416476917607933, -1.090474755926133),
        (-1.100753897498644, 1.053230842951111),
        (0.8719895216321919, 0.8930571739643225),
    )
    return Problem(
        "four valleys",
        lambda x1, x2: (x1 * x1 - 1) ** 2 + (x2 * x2 - 1) ** 2 + 0.3 * x1 + 0.2 * x2 + 0.6 * x1 * x2,
        lambda x1, x2: (4 * x1 * (x1 * x1 - 1) + 0.3 + 0.6 * x2, 4 * x2 * (x2 * x2 - 1) + 0.2 + 0.6 * x1),
        minima[2],
        (1.5, 0.5),
        ((-1.8, 1.8), (-1.8, 1.8)),
        minima,
    )
