import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import hooks from 'eslint-plugin-react-hooks';
import globals from 'globals';
import typescript from 'typescript-eslint';

export default typescript.config(
  { ignores: ['dist', 'test-results', 'src/gql/*.generated.ts'] },
  js.configs.recommended,
  ...typescript.configs.strict,
  ...typescript.configs.stylistic,
  { files: ['src/**'], ...hooks.configs.flat['recommended-latest'] },
  {
    files: ['**/*.{ts,tsx}'],
    rules: {
      'max-lines': ['error', { max: 400 }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        {
          varsIgnorePattern: '^_$',
          argsIgnorePattern: '^_$',
          destructuredArrayIgnorePattern: '^_$',
        },
      ],
      'no-eval': 'error',
      'no-restricted-globals': [
        'error',
        { name: 'parseFloat', message: 'Decimals are text: src/ui/decimal.ts.' },
      ],
    },
  },
  { files: ['**/*.mjs', '*.js', '*.ts'], languageOptions: { globals: globals.node } },
  prettier,
);
