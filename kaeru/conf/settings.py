"""Django's settings. What an operator may change is in `env.py`; the rest is the house's own."""

from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from kaeru.channels.mail.address import anymail_settings
from kaeru.conf import env as _env
from kaeru.conf.databases import database
from kaeru.conf.logs import LOGGING as LOGGING

ENV = _env.read()
PACKAGE = Path(__file__).resolve().parent.parent
KAERU_HOME = ENV.home
KAERU_BASE_URL = ENV.base_url
KAERU_MAIL_URL = ENV.mail_url
KAERU_MAIL_HOOK_SECRET = ENV.mail_hook_secret
ANYMAIL = anymail_settings(ENV.mail_url, ENV.mail_hook_secret)
KAERU_SHOPIFY_CLIENT_ID = ENV.shopify_client_id
KAERU_SHOPIFY_CLIENT_SECRET = ENV.shopify_client_secret
KAERU_DEMO = ENV.demo
KAERU_LINE_API_URL = ENV.line_api_url
KAERU_ALLOW_PRIVATE_EGRESS = ENV.allow_private_egress
KAERU_METRICS_TOKEN = ENV.metrics_token

SECRET_KEY = ENV.secret_key
DEBUG = ENV.debug
_base = urlsplit(ENV.base_url)
ALLOWED_HOSTS = [_base.hostname or "127.0.0.1", "127.0.0.1", "localhost", "[::1]"]
CSRF_TRUSTED_ORIGINS = [f"{_base.scheme}://{_base.netloc}"]
IS_HTTPS = _base.scheme == "https"

ROOMS = [
    "core", "tenants", "customers", "orders", "connectors", "channels", "messages", "offers", "calls", "audiences",
    "cancellations", "scenarios", "marketplaces", "appointments", "recoveries", "storefront", "console", "api",
]  # fmt: skip
DATABASES = {"default": database(ENV.database_url, ENV.home)}
IS_POSTGRES = DATABASES["default"]["ENGINE"].endswith("postgresql")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    # Before allauth, so that the console draws the log-in pages.
    *(f"kaeru.{room}" for room in ROOMS),
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "anymail",
    *([] if not IS_POSTGRES else ["procrastinate.contrib.django"]),
    *(["examples.demo_shop", "examples.inbox", "examples.line"] if ENV.demo else []),
]

MIDDLEWARE = [
    *(["examples.line.frames.WithinPhone"] if ENV.demo else []),
    "kaeru.core.headers.SecurityHeaders",
    "kaeru.api.lane.HookLane",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "kaeru.core.language.LanguageChoice",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "kaeru.conf.urls"
WSGI_APPLICATION = "kaeru.conf.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

LANGUAGE_CODE = "ja"
LANGUAGES = [("ja", "日本語"), ("en", "English")]
LANGUAGE_COOKIE_NAME = "kaeru_language"
USE_I18N = USE_TZ = True
TIME_ZONE = "Asia/Tokyo"
LOCALE_PATHS = [PACKAGE / "conf" / "locale"]

STATIC_URL = "static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 3600

AUTH_USER_MODEL = "tenants.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
ACCOUNT_ADAPTER = "kaeru.tenants.accounts.ClosedSignup"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_PREVENT_ENUMERATION = True
LOGIN_URL = "/account/login/"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/account/login/"
DEFAULT_FROM_EMAIL = ENV.mail_from

SESSION_COOKIE_AGE = int(timedelta(hours=8).total_seconds())
SESSION_SAVE_EVERY_REQUEST = False
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_NAME = "__Host-kaeru" if IS_HTTPS else "kaeru"
SECURE_HSTS_SECONDS = 31_536_000 if IS_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = IS_HTTPS
SECURE_REFERRER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ENV.trusted_proxies else None
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "kaeru.core.failures.csrf"
DATA_UPLOAD_MAX_MEMORY_SIZE = 5_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000  # the scenario builder sends sixty steps with their conditions in one form
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
SILENCED_SYSTEM_CHECKS: list[str] = []

# A Procrastinate task is one pass or one background job, never one step of one customer.
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "procrastinate_tasks"
PROCRASTINATE_IMPORT_PATHS = ["kaeru.worker.fleet"]
