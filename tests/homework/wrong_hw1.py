"""Usual wrong answers: the cell, the tasks that are lost with words of their hints, the source."""

WRONG = [
    (
        "hw1-rows",
        {"what each reading wants": "sign is turned round"},
        """
def each_gradient(theta, x, y):
    r = y - theta[0] * x - theta[1]
    return np.column_stack([r * x, r])
""",
    ),
    (
        "hw1-rows",
        {"what each reading wants": "Both columns are the same"},
        """
def each_gradient(theta, x, y):
    r = theta[0] * x + theta[1] - y
    return np.column_stack([r * x, r * x])
""",
    ),
    (
        "hw1-rows",
        {"what each reading wants": "twice too large"},
        """
def each_gradient(theta, x, y):
    r = theta[0] * x + theta[1] - y
    return np.column_stack([2 * r * x, 2 * r])
""",
    ),
    (
        "hw1-rows",
        {"what each reading wants": "who takes the mean"},
        """
def each_gradient(theta, x, y):
    r = theta[0] * x + theta[1] - y
    return np.column_stack([r * x, r]) / len(x)
""",
    ),
    (
        "hw1-rows",
        {"what each reading wants": "Nothing came back"},
        """
def each_gradient(theta, x, y):
    r = theta[0] * x + theta[1] - y
    np.column_stack([r * x, r])
""",
    ),
    (
        "hw1-check",
        {"a number that knows the mistake": "go as far back"},
        """
def disagreement(f, gradient, theta, h):
    moves = h * np.eye(len(theta))
    d = np.array([f(theta + m) - f(theta) for m in moves]) / h
    g = gradient(theta)
    return np.linalg.norm(g - d) / (np.linalg.norm(g) + np.linalg.norm(d))
""",
    ),
    (
        "hw1-check",
        {"a number that knows the mistake": "one parameter move"},
        """
def disagreement(f, gradient, theta, h):
    d = np.array([f(theta + h) - f(theta - h) for _ in theta]) / (2 * h)
    g = gradient(theta)
    return np.linalg.norm(g - d) / (np.linalg.norm(g) + np.linalg.norm(d))
""",
    ),
    (
        "hw1-check",
        {"a number that knows the mistake": "not squares of lengths"},
        """
def disagreement(f, gradient, theta, h):
    moves = h * np.eye(len(theta))
    d = np.array([f(theta + m) - f(theta - m) for m in moves]) / (2 * h)
    g = gradient(theta)
    return np.sum((g - d) ** 2) / (np.sum(g**2) + np.sum(d**2))
""",
    ),
    (
        "hw1-check",
        {"a number that knows the mistake": "another after the call"},
        """
def disagreement(f, gradient, theta, h):
    d = []
    for k in range(len(theta)):
        theta[k] += h
        up = f(theta)
        theta[k] -= h
        theta[k] -= h
        d.append((up - f(theta)) / (2 * h))
    d = np.array(d)
    g = gradient(theta)
    return np.linalg.norm(g - d) / (np.linalg.norm(g) + np.linalg.norm(d))
""",
    ),
    (
        "hw1-check",
        {"a number that knows the mistake": "another number of parameters"},
        """
def disagreement(f, gradient, theta, h):
    moves = h * np.eye(2)
    d = np.zeros(len(theta))
    for k in range(min(2, len(theta))):
        m = np.resize(moves[k], len(theta)) if len(theta) == 2 else h * np.eye(len(theta))[k]
        d[k] = (f(theta + m) - f(theta - m)) / (2 * h)
    g = gradient(theta)
    return np.linalg.norm(g - d) / (np.linalg.norm(g) + np.linalg.norm(d))
""",
    ),
    (
        "hw1-loop",
        {"a loop that knows when to stop": "goes uphill"},
        """
def descend(gradient, start, lr, tolerance, most):
    path = [start]
    for _ in range(most):
        g = gradient(path[-1])
        if np.linalg.norm(g) <= tolerance:
            break
        path.append(path[-1] + lr * g)
    return np.array(path)
""",
    ),
    (
        "hw1-loop",
        {"a loop that knows when to stop": "another after the call"},
        """
def descend(gradient, start, lr, tolerance, most):
    path = []
    theta = start
    for _ in range(most + 1):
        path.append(theta)
        g = gradient(theta)
        if np.linalg.norm(g) <= tolerance or len(path) > most:
            break
        theta -= lr * g
    return np.array(path)
""",
    ),
    (
        "hw1-loop",
        {"a loop that knows when to stop": "one and the same array"},
        """
def descend(gradient, start, lr, tolerance, most):
    theta = start.copy()
    path = [theta]
    for _ in range(most):
        g = gradient(theta)
        if np.linalg.norm(g) <= tolerance:
            break
        theta -= lr * g
        path.append(theta)
    return np.array(path)
""",
    ),
    (
        "hw1-loop",
        {"a loop that knows when to stop": "with the root"},
        """
def descend(gradient, start, lr, tolerance, most):
    path = [start]
    for _ in range(most):
        g = gradient(path[-1])
        if np.sum(g**2) <= tolerance:
            break
        path.append(path[-1] - lr * g)
    return np.array(path)
""",
    ),
    (
        "hw1-loop",
        {"a loop that knows when to stop": "goes on and on"},
        """
def descend(gradient, start, lr, tolerance, most):
    path = [start]
    g = gradient(start)
    while np.linalg.norm(g) > tolerance:
        path.append(path[-1] - lr * g)
        g = gradient(path[-1])
    return np.array(path)
""",
    ),
    (
        "hw1-limit",
        {"the limit is in the loads": "that mix the two"},
        """
def largest_rate(x):
    return 2 / np.mean(x**2)
""",
    ),
    (
        "hw1-limit",
        {"the limit is in the loads": "in a single step"},
        """
def largest_rate(x):
    m = np.mean(x)
    H = np.array([[np.mean(x**2), m], [m, 1.0]])
    return 1 / np.linalg.eigvalsh(H)[-1]
""",
    ),
    (
        "hw1-limit",
        {"the limit is in the loads": "flat direction could bear"},
        """
def largest_rate(x):
    m = np.mean(x)
    H = np.array([[np.mean(x**2), m], [m, 1.0]])
    return 2 / np.linalg.eigvalsh(H)[0]
""",
    ),
    (
        "hw1-limit",
        {"the limit is in the loads": "sum of both"},
        """
def largest_rate(x):
    m = np.mean(x)
    H = np.array([[np.mean(x**2), m], [m, 1.0]])
    return 2 / np.trace(H)
""",
    ),
    (
        "hw1-limit",
        {"the limit is in the loads": "a sum or a mean"},
        """
def largest_rate(x):
    H = np.array([[np.sum(x**2), np.sum(x)], [np.sum(x), len(x)]])
    return 2 / np.linalg.eigvalsh(H)[-1]
""",
    ),
    (
        "hw1-excess",
        {"the loss, without a run": "error is multiplied by the factor once"},
        """
def excess_after(t, start, best, H, lr):
    lam, Q = np.linalg.eigh(H)
    z = Q.T @ (start - best)
    return np.sum(lam * z**2 * np.abs(1 - lr * lam) ** t) / 2
""",
    ),
    (
        "hw1-excess",
        {"the loss, without a run": "look for the ½"},
        """
def excess_after(t, start, best, H, lr):
    lam, Q = np.linalg.eigh(H)
    z = Q.T @ (start - best) * (1 - lr * lam) ** t
    return np.sum(lam * z**2)
""",
    ),
    (
        "hw1-excess",
        {"the loss, without a run": "Where is η"},
        """
def excess_after(t, start, best, H, lr):
    lam, Q = np.linalg.eigh(H)
    z = Q.T @ (start - best) * (1 - lam) ** t
    return np.sum(lam * z**2) / 2
""",
    ),
    (
        "hw1-excess",
        {"the loss, without a run": "diagonal of H alone"},
        """
def excess_after(t, start, best, H, lr):
    lam = np.diag(H)
    z = (start - best) * (1 - lr * lam) ** t
    return np.sum(lam * z**2) / 2
""",
    ),
    (
        "hw1-excess",
        {"the loss, without a run": "another after the call"},
        """
def excess_after(t, start, best, H, lr):
    lam, Q = np.linalg.eigh(H)
    start -= best
    z = Q.T @ start * (1 - lr * lam) ** t
    return np.sum(lam * z**2) / 2
""",
    ),
    (
        "hw1-batch",
        {"how many readings a step needs": "With 20 readings"},
        """
def smallest_batch(each, share):
    N = len(each)
    g = each.mean(axis=0)
    variance = np.mean(np.sum((each - g) ** 2, axis=1))
    return int(N * variance / (share**2 * (g @ g) * (N - 1) + variance))
""",
    ),
    (
        "hw1-batch",
        {"how many readings a step needs": "drawn twice"},
        """
def smallest_batch(each, share):
    N = len(each)
    g = each.mean(axis=0)
    variance = np.mean(np.sum((each - g) ** 2, axis=1))
    return int(np.ceil(variance / (share**2 * (g @ g))))
""",
    ),
    (
        "hw1-batch",
        {"how many readings a step needs": "change its units"},
        """
def smallest_batch(each, share):
    N = len(each)
    g = each.mean(axis=0)
    variance = np.mean(np.sum((each - g) ** 2, axis=1))
    for B in range(1, N + 1):
        if variance / B * (N - B) / (N - 1) <= share * np.linalg.norm(g):
            return B
""",
    ),
    (
        "hw1-batch",
        {"how many readings a step needs": "deviations measured"},
        """
def smallest_batch(each, share):
    N = len(each)
    g = each.mean(axis=0)
    variance = np.mean(np.sum(each**2, axis=1))
    for B in range(1, N + 1):
        if variance / B * (N - B) / (N - 1) <= share**2 * (g @ g):
            return B
""",
    ),
    (
        "hw1-batch",
        {"how many readings a step needs": "divided by N − 1"},
        """
def smallest_batch(each, share):
    N = len(each)
    g = each.mean(axis=0)
    variance = np.sum(each.var(axis=0, ddof=1))
    for B in range(1, N + 1):
        if variance / B * (N - B) / (N - 1) <= share**2 * (g @ g):
            return B
""",
    ),
    (
        "hw1-budget",
        {"what a budget of steps is worth": "When does the floor apply"},
        """
def expected_square(lr, t, error, lam, sigma):
    floor = lr * sigma**2 / (lam * (2 - lr * lam))
    return (1 - lr * lam) ** (2 * t) * error**2 + floor
""",
    ),
    (
        "hw1-budget",
        {"what a budget of steps is worth": "By what does its square"},
        """
def expected_square(lr, t, error, lam, sigma):
    square = error**2
    for _ in range(t):
        square = (1 - lr * lam) * square + lr**2 * sigma**2
    return square
""",
    ),
    (
        "hw1-budget",
        {"what a budget of steps is worth": "is a standard deviation"},
        """
def expected_square(lr, t, error, lam, sigma):
    square = error**2
    for _ in range(t):
        square = (1 - lr * lam) ** 2 * square + lr**2 * sigma
    return square
""",
    ),
    (
        "hw1-budget",
        {"what a budget of steps is worth": "multiplied by −η"},
        """
def expected_square(lr, t, error, lam, sigma):
    square = error**2
    for _ in range(t):
        square = (1 - lr * lam) ** 2 * square + lr * sigma**2
    return square
""",
    ),
    (
        "hw1-budget",
        {"what a budget of steps is worth": "kept in full"},
        """
def expected_square(lr, t, error, lam, sigma):
    return (1 - lr * lam) ** (2 * t) * error**2 + t * lr**2 * sigma**2
""",
    ),
    (
        "hw1-log",
        {"a log without a velocity": "goes uphill"},
        """
def next_move(gradients, lr, beta):
    age = np.arange(len(gradients))[::-1]
    return lr * beta**age @ gradients
""",
    ),
    (
        "hw1-log",
        {"a log without a velocity": "averaged form"},
        """
def next_move(gradients, lr, beta):
    age = np.arange(len(gradients))[::-1]
    return -lr * (1 - beta) * beta**age @ gradients
""",
    ),
    (
        "hw1-log",
        {"a log without a velocity": "wrong way round in time"},
        """
def next_move(gradients, lr, beta):
    age = np.arange(len(gradients))
    return -lr * beta**age @ gradients
""",
    ),
    (
        "hw1-log",
        {"a log without a velocity": "its full weight"},
        """
def next_move(gradients, lr, beta):
    return -lr * gradients.sum(axis=0)
""",
    ),
    (
        "hw1-log",
        {"a log without a velocity": "Nothing came back"},
        """
def next_move(gradients, lr, beta):
    age = np.arange(len(gradients))[::-1]
    move = -lr * beta**age @ gradients
""",
    ),
    (
        "hw1-matrix",
        {"two errors in place of a velocity": "for velocity and error"},
        """
def pair_matrix(lam, lr, beta):
    return np.array([[beta, lam], [-lr * beta, 1 - lr * lam]])
""",
    ),
    (
        "hw1-matrix",
        {"two errors in place of a velocity": "remembers its last move"},
        """
def pair_matrix(lam, lr, beta):
    a = lr * lam
    return np.array([[1 + beta - a, beta], [1.0, 0.0]])
""",
    ),
    (
        "hw1-matrix",
        {"two errors in place of a velocity": "β belongs to both"},
        """
def pair_matrix(lam, lr, beta):
    a = lr * lam
    return np.array([[1 - a, -beta], [1.0, 0.0]])
""",
    ),
    (
        "hw1-matrix",
        {"two errors in place of a velocity": "in the other order"},
        """
def pair_matrix(lam, lr, beta):
    a = lr * lam
    return np.array([[0.0, 1.0], [-beta, 1 + beta - a]])
""",
    ),
    (
        "hw1-matrix",
        {"two errors in place of a velocity": "Where is the curvature"},
        """
def pair_matrix(lam, lr, beta):
    return np.array([[1 + beta - lr, -beta], [1.0, 0.0]])
""",
    ),
    (
        "hw1-verdict",
        {"a verdict on a matrix": "not the one of the largest size"},
        """
def verdict(M):
    roots = np.linalg.eigvals(M)
    largest = max(roots, key=lambda r: r.real)
    radius = float(np.abs(largest))
    if radius >= 1:
        return radius, "stays away"
    if largest.imag != 0:
        return radius, "swings"
    return radius, "flips" if largest.real < 0 else "glides"
""",
    ),
    (
        "hw1-verdict",
        {"a verdict on a matrix": "sign was lost"},
        """
def verdict(M):
    roots = np.linalg.eigvals(M)
    largest = np.abs(roots).max()
    radius = float(np.abs(largest))
    if radius >= 1:
        return radius, "stays away"
    if largest.imag != 0:
        return radius, "swings"
    return radius, "flips" if largest.real < 0 else "glides"
""",
    ),
    (
        "hw1-verdict",
        {"a verdict on a matrix": "more than its real part"},
        """
def verdict(M):
    roots = np.linalg.eigvals(M)
    largest = roots[np.argmax(np.abs(roots))]
    radius = float(np.abs(largest.real))
    if radius >= 1:
        return radius, "stays away"
    if largest.imag != 0:
        return radius, "swings"
    return radius, "flips" if largest.real < 0 else "glides"
""",
    ),
    (
        "hw1-verdict",
        {"a verdict on a matrix": "Is this one symmetric"},
        """
def verdict(M):
    roots = np.linalg.eigvalsh(M)
    largest = roots[np.argmax(np.abs(roots))]
    radius = float(np.abs(largest))
    if radius >= 1:
        return radius, "stays away"
    if largest.imag != 0:
        return radius, "swings"
    return radius, "flips" if largest.real < 0 else "glides"
""",
    ),
    (
        "hw1-verdict",
        {"a verdict on a matrix": "A norm says"},
        """
def verdict(M):
    roots = np.linalg.eigvals(M)
    largest = roots[np.argmax(np.abs(roots))]
    radius = float(np.linalg.norm(M, 2))
    if radius >= 1:
        return radius, "stays away"
    if largest.imag != 0:
        return radius, "swings"
    return radius, "flips" if largest.real < 0 else "glides"
""",
    ),
    (
        "hw1-rows",
        {"what each reading wants": "`reshape` fills"},
        """
def each_gradient(theta, x, y):
    r = theta[0] * x + theta[1] - y
    return np.array([r * x, r]).reshape(-1, 2)
""",
    ),
    (
        "hw1-rows",
        {"what each reading wants": "is the slope"},
        """
def each_gradient(theta, x, y):
    b, w = theta
    r = w * x + b - y
    return np.column_stack([r * x, r])
""",
    ),
    (
        "hw1-check",
        {"a number that knows the mistake": "set brackets"},
        """
def disagreement(f, gradient, theta, h):
    moves = h * np.eye(len(theta))
    d = np.array([f(theta + m) - f(theta - m) for m in moves]) / 2 * h
    g = gradient(theta)
    return np.linalg.norm(g - d) / (np.linalg.norm(g) + np.linalg.norm(d))
""",
    ),
    (
        "hw1-check",
        {"a number that knows the mistake": "get smaller with h"},
        """
def disagreement(f, gradient, theta, h):
    moves = h * np.eye(len(theta))
    d = np.array([f(theta + m) - f(theta - m) for m in moves]) / 2
    g = gradient(theta)
    return np.linalg.norm(g - d) / (np.linalg.norm(g) + np.linalg.norm(d))
""",
    ),
    (
        "hw1-check",
        {"a number that knows the mistake": "is added afterwards"},
        """
def disagreement(f, gradient, theta, h):
    moves = h * np.eye(len(theta))
    d = np.array([f(theta + m) - f(theta - m) for m in moves]) / (2 * h)
    g = gradient(theta)
    return np.linalg.norm(g - d) / np.linalg.norm(g) + np.linalg.norm(d)
""",
    ),
    (
        "hw1-check",
        {"a number that knows the mistake": "difference of two lengths"},
        """
def disagreement(f, gradient, theta, h):
    moves = h * np.eye(len(theta))
    d = np.array([f(theta + m) - f(theta - m) for m in moves]) / (2 * h)
    g = gradient(theta)
    return abs(np.linalg.norm(g) - np.linalg.norm(d)) / (np.linalg.norm(g) + np.linalg.norm(d))
""",
    ),
    (
        "hw1-check",
        {"a number that knows the mistake": "length of the sum g + d"},
        """
def disagreement(f, gradient, theta, h):
    moves = h * np.eye(len(theta))
    d = np.array([f(theta + m) - f(theta - m) for m in moves]) / (2 * h)
    g = gradient(theta)
    return np.linalg.norm(g - d) / np.linalg.norm(g + d)
""",
    ),
    (
        "hw1-check",
        {"a number that knows the mistake": "moves all parameters at once"},
        """
def disagreement(f, gradient, theta, h):
    d = (f(theta + h) - f(theta - h)) / (2 * h)
    g = gradient(theta)
    return np.linalg.norm(g - d) / (np.linalg.norm(g) + np.linalg.norm(d))
""",
    ),
    (
        "hw1-loop",
        {"a loop that knows when to stop": "All rows after the start"},
        """
def descend(gradient, start, lr, tolerance, most):
    theta = start.copy()
    path = [start]
    for _ in range(most):
        g = gradient(theta)
        if np.linalg.norm(g) <= tolerance:
            break
        theta -= lr * g
        path.append(theta)
    return np.array(path)
""",
    ),
    (
        "hw1-loop",
        {"a loop that knows when to stop": "level enough, also for a tolerance of 0"},
        """
def descend(gradient, start, lr, tolerance, most):
    path = [start]
    for _ in range(most):
        g = gradient(path[-1])
        if np.linalg.norm(g) < tolerance:
            break
        path.append(path[-1] - lr * g)
    return np.array(path)
""",
    ),
    (
        "hw1-loop",
        {"a loop that knows when to stop": "no step is allowed"},
        """
def descend(gradient, start, lr, tolerance, most):
    path = [start]
    for _ in range(most):
        path.append(path[-1] - lr * gradient(path[-1]))
        if np.linalg.norm(gradient(path[-1])) <= tolerance:
            break
    return np.array(path)
""",
    ),
    (
        "hw1-excess",
        {"the loss, without a run": "Each eigenvalue belongs to its eigenvector"},
        """
def excess_after(t, start, best, H, lr):
    lam, Q = np.linalg.eigh(H)
    z = (start - best) * (1 - lr * lam) ** t
    return np.sum(lam * z**2) / 2
""",
    ),
    (
        "hw1-excess",
        {"the loss, without a run": "Your error is θ*"},
        """
def excess_after(t, start, best, H, lr):
    lam, Q = np.linalg.eigh(H)
    z = Q.T @ best * (1 - lr * lam) ** t
    return np.sum(lam * z**2) / 2
""",
    ),
    (
        "hw1-excess",
        {"the loss, without a run": "How many does your formula make"},
        """
def excess_after(t, start, best, H, lr):
    lam, Q = np.linalg.eigh(H)
    z = Q.T @ (start - best) * (1 - lr * lam) ** (t + 1)
    return np.sum(lam * z**2) / 2
""",
    ),
    (
        "hw1-excess",
        {"the loss, without a run": "has η twice"},
        """
def excess_after(t, start, best, H, lr):
    lam, Q = np.linalg.eigh(H)
    z = Q.T @ (start - best) * (1 - 2 * lr * lam) ** t
    return np.sum(lam * z**2) / 2
""",
    ),
    (
        "hw1-excess",
        {"the loss, without a run": "shrinks continuously"},
        """
def excess_after(t, start, best, H, lr):
    lam, Q = np.linalg.eigh(H)
    z = Q.T @ (start - best) * np.exp(-lr * lam * t)
    return np.sum(lam * z**2) / 2
""",
    ),
    (
        "hw1-excess",
        {"the loss, without a run": "factor of the steep one"},
        """
def excess_after(t, start, best, H, lr):
    lam, Q = np.linalg.eigh(H)
    z = Q.T @ (start - best) * (1 - lr * lam[-1]) ** t
    return np.sum(lam * z**2) / 2
""",
    ),
    (
        "hw1-excess",
        {"the loss, without a run": "factor of the flat one"},
        """
def excess_after(t, start, best, H, lr):
    lam, Q = np.linalg.eigh(H)
    z = Q.T @ (start - best) * (1 - lr * lam[0]) ** t
    return np.sum(lam * z**2) / 2
""",
    ),
    (
        "hw1-excess",
        {"the loss, without a run": "Which way round do the eigenvectors"},
        """
def excess_after(t, start, best, H, lr):
    lam, Q = np.linalg.eigh(H)
    z = Q @ (start - best) * (1 - lr * lam) ** t
    return np.sum(lam * z**2) / 2
""",
    ),
    (
        "hw1-excess",
        {"the loss, without a run": "raises each entry by itself"},
        """
def excess_after(t, start, best, H, lr):
    z = (np.eye(len(H)) - lr * H) ** t @ (start - best)
    return z @ H @ z / 2
""",
    ),
    (
        "hw1-log",
        {"a log without a velocity": "1.8 times the gradient"},
        """
def next_move(gradients, lr, beta):
    v = gradients[0]
    for g in gradients:
        v = beta * v + g
    return -lr * v
""",
    ),
    (
        "hw1-log",
        {"a log without a velocity": "comes in twice"},
        """
def next_move(gradients, lr, beta):
    v = 0
    for g in gradients:
        v = beta * v + lr * g
    return -lr * v
""",
    ),
    (
        "hw1-log",
        {"a log without a velocity": "the way of all three steps"},
        """
def next_move(gradients, lr, beta):
    v, move = 0, 0
    for g in gradients:
        v = beta * v + g
        move = move - lr * v
    return move
""",
    ),
    (
        "hw1-log",
        {"a log without a velocity": "another after the call"},
        """
def next_move(gradients, lr, beta):
    v = gradients[0]
    for g in gradients[1:]:
        v *= beta
        v += g
    return -lr * v
""",
    ),
    (
        "hw1-matrix",
        {"two errors in place of a velocity": "for error and velocity"},
        """
def pair_matrix(lam, lr, beta):
    a = lr * lam
    return np.array([[1 - a, -lr * beta], [lam, beta]])
""",
    ),
    (
        "hw1-matrix",
        {"two errors in place of a velocity": "velocity is turned round"},
        """
def pair_matrix(lam, lr, beta):
    a = lr * lam
    return np.array([[1 - a - beta, beta], [1.0, 0.0]])
""",
    ),
    (
        "hw1-matrix",
        {"two errors in place of a velocity": "the move is not the velocity"},
        """
def pair_matrix(lam, lr, beta):
    a = lr * lam
    return np.array([[1 - a + lr * beta, -lr * beta], [1.0, 0.0]])
""",
    ),
    (
        "hw1-matrix",
        {"two errors in place of a velocity": "The second has to make"},
        """
def pair_matrix(lam, lr, beta):
    a = lr * lam
    return np.array([[1 + beta - a, -beta], [0.0, 1.0]])
""",
    ),
    (
        "hw1-verdict",
        {"a verdict on a matrix": "A list came back"},
        """
def verdict(M):
    roots = np.linalg.eigvals(M)
    largest = roots[np.argmax(np.abs(roots))]
    radius = float(np.abs(largest))
    if radius >= 1:
        return [radius, "stays away"]
    if largest.imag != 0:
        return [radius, "swings"]
    return [radius, "flips" if largest.real < 0 else "glides"]
""",
    ),
    (
        "hw1-verdict",
        {"a verdict on a matrix": "the four words"},
        """
def verdict(M):
    roots = np.linalg.eigvals(M)
    largest = roots[np.argmax(np.abs(roots))]
    radius = float(np.abs(largest))
    if radius >= 1:
        return radius, "diverges"
    if largest.imag != 0:
        return radius, "swings"
    return radius, "flips" if largest.real < 0 else "glides"
""",
    ),
]
